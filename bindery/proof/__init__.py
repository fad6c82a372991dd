"""What a proofreader does before anything is made: every fault of the manuscript, with its line."""
