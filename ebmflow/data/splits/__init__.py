"""How rows are divided into training and test; one module a kind."""
