"""PACT v3: product footprints to and from the network, as its Technical Specifications 3.0.3 say."""
