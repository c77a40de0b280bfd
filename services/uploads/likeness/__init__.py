"""What the comparing child finds out about pairs of pictures; nothing else imports OpenCV or numpy.

Hashes only say where to look: two diplomas of one school's form differ in 0 to 8 of 64 bits. What decides is
the picture itself, aligned by local features.
"""
