"""How accurate HYDRA is beside its rivals, on the shared split: ``python -m benchmarks.accuracy --help``."""
