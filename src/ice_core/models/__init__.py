"""Wire formats, one module each: frozen models that refuse members they do not know; no I/O."""
