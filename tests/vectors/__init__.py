"""What others say of the formats that we read and write: their vectors, complete."""
