"""PulseBat development data: pulse tests of 157 retired lithium-ion cells with measured capacity (MIT, see LICENSE.txt).

S. Tao et al., Nature Communications 15 (2024), s41467-024-54454-0; Zenodo record 13360631.
"""

from pathlib import Path

DEVELOPMENT_DATA = Path(__file__).with_name("pulse_dev.csv.gz")
