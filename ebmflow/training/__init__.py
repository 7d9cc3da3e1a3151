"""One trainer for every model: gradient estimators, constraints, optimisers, the update and the loop."""
