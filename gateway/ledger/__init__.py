"""The decision: reservations, slots and the fence in Redis, one Lua script per verb."""
