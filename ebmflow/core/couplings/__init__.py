"""What stands between visible groups and hidden units: weights, however they are parametrised."""
