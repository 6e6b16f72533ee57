"""What the pages of Analyse show: their state, their results, and the layers and tables of them."""
