"""Public names, for type checkers and editors: `nox -s tables` writes this file from `vgp/_layout.py`."""

from .trace import Trace as Trace
from .trace import describe as describe
from .trace import trace as trace
from .units import active as active
from .units import dead_share as dead_share
from .units import unit_fates as unit_fates
from .signals import gradient_autocorrelation as gradient_autocorrelation
from .signals import input_cosine as input_cosine
from .signals import input_share as input_share
from .signals import linear_cka as linear_cka
from .spectra import Spectrum as Spectrum
from .spectra import jacobian_spectrum as jacobian_spectrum
from .spectra import lyapunov as lyapunov
from .spectra import product_log_singular_values as product_log_singular_values
from .watch import Watch as Watch
from .formats import underflow as underflow
from .diagnose import ADVICE as ADVICE
from .diagnose import Diagnosis as Diagnosis
from .diagnose import Finding as Finding
from .diagnose import diagnose as diagnose
