"""What papers report and claim, as data: how this study's tables give the same, and who is right.

The YAML files of this folder hold one expectation each paper and number or claim. `form` says what
they may hold, `obtain` reads values off score tables, `verdict` compares, `compare` makes rows.
"""
