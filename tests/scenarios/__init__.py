"""The whole path as a person walks it: real builds, real locks, real signatures, a real store and real runs."""
