"""Programs of login nodes for both sides of a hybrid cluster; Python 3.9, standard library."""
