"""Components in processes of their own: what is handed over, how both sides talk, and what bounds the process."""
