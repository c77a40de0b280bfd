"""Review: a reviewer claims a dossier, judges its pictures and decides."""
