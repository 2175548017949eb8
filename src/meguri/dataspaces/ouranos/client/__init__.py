"""Taking part, from outside, in a data-transport system of the Ouranos family: what a company does here and there is one thing."""
