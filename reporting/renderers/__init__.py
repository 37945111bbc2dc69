"""One Document, four kinds of file: the words come from `outline`, each renderer only lays them out."""
