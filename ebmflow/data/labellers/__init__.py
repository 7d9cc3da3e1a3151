"""How rows get their labels; one module a kind."""
