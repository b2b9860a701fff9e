"""Rules about the repository itself, and for each rule a planted violation that is seen to fail."""
