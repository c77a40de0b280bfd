"""What the workers' child does with pictures; nothing else imports Pillow.

`operations.py` is the table of what can be asked for; each operation has a file of its own.
"""
