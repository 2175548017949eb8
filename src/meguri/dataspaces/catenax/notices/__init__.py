"""Notifications of Catena-X about digital twins and quality: taken under an agreement, and sent under a partner's."""
