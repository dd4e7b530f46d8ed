"""Many specs in one run: find them, solve each on its own, and keep going whatever one of them does."""
