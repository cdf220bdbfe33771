"""Files that leave the product: the table of an answer, the rows of a statement."""
