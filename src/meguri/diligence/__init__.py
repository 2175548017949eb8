"""Human-rights and environmental due diligence through the supply chain."""
