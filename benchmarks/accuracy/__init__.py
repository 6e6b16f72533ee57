"""How accurate HYDRA is beside its rivals, on the shared split, through the fixed protocol."""
