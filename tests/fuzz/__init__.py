"""Fuzzing of what reads foreign bytes: nothing but a typed error escapes, and what is accepted means one thing."""
