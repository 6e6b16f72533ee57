"""What each part of HYDRA's training is worth: a student trained without it, scored on scenes left out."""
