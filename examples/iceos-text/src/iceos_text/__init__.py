"""Tools that turn a page into text, a text into a summary, and a text into keywords; nothing leaves the machine."""
