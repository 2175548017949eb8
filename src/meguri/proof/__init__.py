"""Proofs: canonical JSON, hashes, signatures, credentials, status lists and DIDs, and each operator's signing keys.

Pure modules: `jcs`, `multibase`, `multikey`, `slices`, `chain`, `data_integrity`, `jws`, `sd_jwt`, `bitstring`,
`token_status`, `did`, `verifying`. With the database: `keyring` and `status` (over `store`).
"""
