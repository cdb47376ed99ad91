"""From a cell's step to something that runs it along a sequence; no cell is named here."""
