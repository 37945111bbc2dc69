"""Renderers of a document: the words come from `printed_text`, each format only lays them out."""
