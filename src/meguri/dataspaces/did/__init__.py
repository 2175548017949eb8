"""Who signs here: DID documents, key history, status lists, contexts; and the verification of what others bring.

Other protocols add their services to the documents by `services.offer`.
"""
