"""One field that finds everything of one's own: parts, requests, partners, passports, batteries, lots, words."""
