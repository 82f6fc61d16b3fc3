"""Before-and-after statistics without a comparison group. Pure: arrays in, frozen results out."""
