"""Tools that read, query and profile tables, with nothing but the standard library and iceos."""
