"""`make rehearse`: the last evening before closing, replayed at a chosen scale on a system of its own."""
