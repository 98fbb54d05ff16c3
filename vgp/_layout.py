"""Where everything stands: each module of vgp and its public names, in rows that may import from those above them.

This is the one list of its kind. `vgp/__init__.py` and those of the wings take their names from it, the tests check the
imports and the names against it, and `nox -s tables` writes the table of ARCHITECTURE.md and the stubs (`*.pyi`) from
it. A new module is its file and its entry here.
"""

import importlib
from collections.abc import Iterator

# A module may import from rows above its own. The names are those that a user wants, without what only helps inside.
RANKS: tuple[dict[str, str], ...] = (
    {"_errors": "", "_erf": ""},
    {
        "_trees": "Params global_norm norm",
        "activations": "ACTIVATIONS Activation",
        "init": "BiasInit WeightInit",
        "losses": "mse sigmoid_cross_entropy softmax_cross_entropy",
        "data": "Split",
    },
    {
        "layers": "Dense Elementwise Layer Parametric Sequential mlp",
        "optim": (
            "Adam AdamW Entrywise Momentum Nesterov Optimiser RMSProp SGD clip_by_norm clip_by_value cosine_decay "
            "per_layer rate_of_each step_decay warm_up"
        ),
    },
    {
        "normalise": "BatchNorm Fixed LayerNorm RMSNorm WeightNorm",
        "residual": "Highway Residual highway residual_mlp",
        "recurrent": "Cell GRUCell LSTMCell RNNCell Run Through bptt cell_path lag_norms unroll",
        "lsuv": "lsuv",
        "check": "GradientError central_difference check_layer complex_step directional relative_error",
        "train": "accuracy train",
    },
    {"attention": "SelfAttention transformer_block"},
    {
        "theory.gaussian": "Closed closed_form expect expect_pair relu_kernel",
        "theory.narrow": "log_chi_square log_path log_step random_walk_gain",
        "measure.trace": "Trace describe trace",
        "measure.units": "active dead_share unit_fates",
        "measure.signals": "gradient_autocorrelation input_cosine input_share linear_cka",
        "measure.spectra": "Spectrum jacobian_spectrum lyapunov product_log_singular_values",
        "measure.watch": "Watch",
        "book.svg": "PALETTE themed",
        "book.evidence": "Estimate Interval estimate interval margin t_quantile",
    },
    {
        "theory.meanfield": "c_map c_path chi chi_c gradient_path q_fixed q_map q_path q_slope quadrature_errors",
        "theory.shaping": "Shaped local_conditions shape",
        "measure.formats": "underflow",
        "book.ledger": "claim conclude fmt published record record_mean verdict",
        "book.style": "COLOURS STYLE TINT",
    },
    {
        "theory.edge": "EdgePoint Universality critical_start edge_point universality width_path width_rate",
        "measure.diagnose": "ADVICE Diagnosis Finding diagnose",
        "book.curves": (
            "DASHES MARKERS Picture band direct_label every_seed layers_axis published_points show spread subplots "
            "theory_line"
        ),
    },
    {
        "theory.phases": (
            "Phase batchnorm_c_path batchnorm_rate c_fixed critical_sigma_w phase residual_c_path residual_path "
            "slope_moments spectrum_variance"
        ),
        "book.figures": "confusion fate_bars gradient_by_lag phase_diagram phase_point spectrum",
    },
)

WINGS = ("theory", "measure", "book")
FLAT = ("", "measure")  # the packages whose names stand in `vgp` itself: the core, and what is measured
NAMESPACES = ("activations", "data", "init")  # modules that are used under their own name, as in `vgp.init.normal(0.1)`


def modules(package: str) -> Iterator[tuple[str, list[str]]]:
    """Each module of the package ("" is the core), without the package's name, and its public names."""
    for row in RANKS:
        for path, names in row.items():
            owner, _, module = path.rpartition(".")
            if owner == package:
                yield module, names.split()


def names(package: str) -> dict[str, str]:
    """Each public name of the package, and the module that it comes from."""
    return {name: module for module, own in modules(package) for name in own}


def load(package: str) -> dict[str, object]:
    """Import every module of the package, and return its public names with what they stand for."""
    path = "vgp." + package if package else "vgp"
    loaded = {module: importlib.import_module(f"{path}.{module}") for module, _ in modules(package)}
    return {name: getattr(loaded[module], name) for name, module in names(package).items()}
