"""One trainer for every model: estimators, constraints, optimisers, the update, the loop."""
