"""Are these hand-derived formulas right? Each is compared with the derivative itself at many points."""

from gradcli.claims.answers import check_claims

__all__ = ["check_claims"]
