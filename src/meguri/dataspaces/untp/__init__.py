"""UNTP Digital Product Passports 0.6.1 and 0.7.0 (UN/CEFACT), out and in; 0.6.0 is read as well."""
