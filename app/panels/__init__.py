"""The side panel and the parts it is made of."""
