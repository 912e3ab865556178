"""An attack from outside: random trees of folders, as a stranger may send them, and random commands on them.

`ground` makes a tree from a seed, with what a stranger can plant in it: links out of the tree, named pipes, devices,
forged copies, records and workspaces, hostile configurations and packs. Beside the tree lies a folder `outside`, with
files that nobody has named. `orders` makes up commands. `judge` compares both folders before and after each command
and knows what the command was allowed to change. `assault` does all that for one seed, `__main__` for many.

`python -m tests.attack --trees 1500 --processes 100 --seed 1` is the long run; `--trees 1 --seed N` shows one tree.
"""
