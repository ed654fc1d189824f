"""The layers of the contract suite: one module for each way of looking, each with `run(context)`."""
