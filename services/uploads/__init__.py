"""Dossiers: images in, watermarked copies out; what is locked and what is open."""
