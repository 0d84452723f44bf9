"""Files the program ships: models, icons, demo clip."""
