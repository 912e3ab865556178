"""Rule packs: their format, the safe regular expressions they may use, and the engine that marks lines."""
