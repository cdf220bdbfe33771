"""The books of Tarrowmere Instruments, Inc., a fictional maker of measuring instruments.

    opening Position + flows + year-end balances = Year ── closing Position ──> next Year

Only what a company decides or what happens to it is written down; every total, the cash flow
statement, cash, retained earnings and earnings a share are computed. So the statements foot, the
cash flow statement ends in the balance sheet's cash, and two filings agree about a year they share.
All amounts are in millions of US dollars, shares in millions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

SEGMENTS = ("Laboratory Systems", "Industrial Sensing", "Field Services")


@dataclass(frozen=True, slots=True)
class Balances:
    """Year-end balances that are written down. Lease liabilities equal the lease assets."""

    receivables: int
    inventories: int
    prepaid: int
    lease_assets: int
    current_leases: int
    other_assets: int
    payables: int
    compensation: int
    deferred_revenue: int
    other_accrued: int
    deferred_taxes: int
    other_liabilities: int


@dataclass(frozen=True, slots=True)
class Carried:
    """Year-end balances that the year's flows lead to."""

    cash: int
    plant: int
    goodwill: int
    intangibles: int
    term_loan: int
    notes: tuple[int, ...]
    current_debt: int
    paid_in: int
    treasury: int
    translation: int
    retained: int


@dataclass(frozen=True, slots=True)
class Flows:
    """What happened in one fiscal year."""

    revenue: tuple[int, ...]
    segment_income: tuple[int, ...]
    cost_of_products: int
    cost_of_services: int
    research: int
    selling: int
    amortization: int
    restructuring: int
    interest_expense: int
    interest_income: int
    taxes: int
    depreciation: int
    stock_compensation: int
    capital_expenditure: int
    acquired_goodwill: int
    acquired_intangibles: int
    notes_issued: int
    loan_repaid: int
    dividend_per_share: Decimal
    dividends: int
    buybacks: int
    options_exercised: int
    translation_of_goodwill: int
    translation_of_cash: int
    current_debt: int
    basic_shares: Decimal
    diluted_shares: Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """A balance sheet."""

    balances: Balances
    carried: Carried

    @property
    def current_assets(self) -> int:
        """Cash, receivables, inventories and prepaid expenses."""
        b = self.balances
        return self.carried.cash + b.receivables + b.inventories + b.prepaid

    @property
    def assets(self) -> int:
        """Total assets."""
        b, c = self.balances, self.carried
        return (
            self.current_assets
            + c.plant
            + b.lease_assets
            + c.goodwill
            + c.intangibles
            + b.other_assets
        )

    @property
    def debt(self) -> int:
        """Everything borrowed, current portion included."""
        return self.carried.term_loan + sum(self.carried.notes)

    @property
    def long_term_debt(self) -> int:
        """What is due after one year."""
        return self.debt - self.carried.current_debt

    @property
    def current_liabilities(self) -> int:
        """What is due within one year."""
        b = self.balances
        return (
            self.carried.current_debt
            + b.payables
            + b.compensation
            + b.deferred_revenue
            + b.current_leases
            + b.other_accrued
        )

    @property
    def long_term_leases(self) -> int:
        """Operating lease liabilities due after one year."""
        return self.balances.lease_assets - self.balances.current_leases

    @property
    def liabilities(self) -> int:
        """Total liabilities."""
        b = self.balances
        return (
            self.current_liabilities
            + self.long_term_debt
            + self.long_term_leases
            + b.deferred_taxes
            + b.other_liabilities
        )

    @property
    def equity(self) -> int:
        """Total shareholders' equity."""
        c = self.carried
        return c.paid_in + c.retained + c.translation + c.treasury


@dataclass(frozen=True, slots=True)
class Year:
    """One fiscal year: what happened between two balance sheets."""

    year: int
    flows: Flows
    opening: Position
    balances: Balances

    @property
    def closing(self) -> Position:
        """The balance sheet that the year leads to."""
        f, c = self.flows, self.opening.carried
        carried = Carried(
            cash=c.cash + self.net_change_in_cash,
            plant=c.plant + f.capital_expenditure - f.depreciation,
            goodwill=c.goodwill + f.acquired_goodwill + f.translation_of_goodwill,
            intangibles=c.intangibles + f.acquired_intangibles - f.amortization,
            term_loan=c.term_loan - f.loan_repaid,
            notes=(*c.notes, f.notes_issued) if f.notes_issued else c.notes,
            current_debt=f.current_debt,
            paid_in=c.paid_in + f.stock_compensation + f.options_exercised,
            treasury=c.treasury - f.buybacks,
            translation=c.translation + self.translation,
            retained=c.retained + self.net_income - f.dividends,
        )
        return Position(self.balances, carried)

    @property
    def revenue(self) -> int:
        """Total revenue."""
        return sum(self.flows.revenue)

    @property
    def cost_of_revenue(self) -> int:
        """Cost of products and of services."""
        return self.flows.cost_of_products + self.flows.cost_of_services

    @property
    def gross_profit(self) -> int:
        """Revenue less cost of revenue."""
        return self.revenue - self.cost_of_revenue

    @property
    def operating_expenses(self) -> int:
        """Research, selling, amortization and restructuring."""
        f = self.flows
        return f.research + f.selling + f.amortization + f.restructuring

    @property
    def operating_income(self) -> int:
        """Gross profit less operating expenses."""
        return self.gross_profit - self.operating_expenses

    @property
    def corporate(self) -> int:
        """Corporate costs that no segment bears (a cost is positive)."""
        f = self.flows
        return sum(f.segment_income) - f.amortization - f.restructuring - self.operating_income

    @property
    def pretax_income(self) -> int:
        """Income before income taxes."""
        return self.operating_income - self.flows.interest_expense + self.flows.interest_income

    @property
    def net_income(self) -> int:
        """Income after income taxes."""
        return self.pretax_income - self.flows.taxes

    @property
    def translation(self) -> int:
        """Foreign currency translation: all of other comprehensive income."""
        return self.flows.translation_of_goodwill + self.flows.translation_of_cash

    @property
    def working_capital(self) -> Mapping[str, int]:
        """Cash from changes of operating assets and liabilities, a line each."""
        before, after = self.opening.balances, self.balances
        return {
            "Accounts receivable": before.receivables - after.receivables,
            "Inventories": before.inventories - after.inventories,
            "Prepaid expenses and other assets": (before.prepaid + before.other_assets)
            - (after.prepaid + after.other_assets),
            "Accounts payable": after.payables - before.payables,
            "Accrued compensation": after.compensation - before.compensation,
            "Deferred revenue": after.deferred_revenue - before.deferred_revenue,
            "Other liabilities": (after.other_accrued + after.other_liabilities)
            - (before.other_accrued + before.other_liabilities),
        }

    @property
    def deferred_tax(self) -> int:
        """Deferred income tax expense."""
        return self.balances.deferred_taxes - self.opening.balances.deferred_taxes

    @property
    def operating_cash(self) -> int:
        """Net cash provided by operating activities."""
        f = self.flows
        adjustments = f.depreciation + f.amortization + f.stock_compensation + self.deferred_tax
        return self.net_income + adjustments + sum(self.working_capital.values())

    @property
    def acquisition(self) -> int:
        """Cash paid for acquired businesses."""
        return self.flows.acquired_goodwill + self.flows.acquired_intangibles

    @property
    def investing_cash(self) -> int:
        """Net cash used in investing activities (negative)."""
        return -self.flows.capital_expenditure - self.acquisition

    @property
    def financing_cash(self) -> int:
        """Net cash from financing activities (negative: used)."""
        f = self.flows
        return f.notes_issued - f.loan_repaid - f.dividends - f.buybacks + f.options_exercised

    @property
    def net_change_in_cash(self) -> int:
        """What cash grew by, exchange rates included."""
        flows = self.operating_cash + self.investing_cash + self.financing_cash
        return flows + self.flows.translation_of_cash

    @property
    def free_cash_flow(self) -> int:
        """Operating cash less capital expenditure."""
        return self.operating_cash - self.flows.capital_expenditure

    @property
    def diluted_eps(self) -> Decimal:
        """Net income a diluted share, in dollars."""
        return a_share(self.net_income, self.flows.diluted_shares)

    @property
    def basic_eps(self) -> Decimal:
        """Net income a share, in dollars."""
        return a_share(self.net_income, self.flows.basic_shares)


def a_share(amount: int, shares: Decimal) -> Decimal:
    """Return an amount a share, rounded half up to the cent."""
    return (Decimal(amount) / shares).quantize(Decimal("0.01"), ROUND_HALF_UP)
