"""The method of the carbon reckoning, as the report of October 2025 has it (its section 4.1)."""

NETWORK_G_PER_KB = 0.006
SERVER_WATTS_PER_CPU = 5
GRID_G_PER_KWH = 60
MARGIN = 1.2
