"""The words of questions that mean the same over any database: counting, comparing, ranking, grouping.

What a table or a column is called stands in the semantic layer. A word that is in neither is not
understood, and a question that holds one is declined.
"""

from enum import StrEnum

from assistant.nl2sql.composing.tokens import words_of


class Say(StrEnum):
    """What a word or phrase does in a question."""

    NOISE = "noise"
    WHO = "who"
    WITH = "with"
    OF = "of"
    BY = "by"
    PER = "per"
    AND = "and"
    OR = "or"
    OWN = "own"
    COUNT = "count"
    HOW_MUCH = "how much"
    SUM = "sum"
    AVERAGE = "avg"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    SHARE = "share"
    DISTINCT = "distinct"
    TOP = "top"
    BOTTOM = "bottom"
    BIG = "big"
    SMALL = "small"
    BEST = "best"
    WORST = "worst"
    NEWEST = "newest"
    OLDEST = "oldest"
    ABOVE = "above"
    AT_LEAST = "at least"
    BELOW = "below"
    AT_MOST = "at most"
    EQUALS = "equals"
    BETWEEN = "between"
    OR_MORE = "or more"
    OR_LESS = "or less"
    NOT = "not"
    WITHOUT = "without"
    ONLY = "only"
    CURRENT = "current"
    SORTED = "sorted"
    DESCENDING = "descending"
    ASCENDING = "ascending"
    GAIN = "gain"
    LOSS = "loss"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    NEW = "new"
    INSIDE = "inside"
    BACK = "back"
    ELAPSED = "time between"
    VOLATILITY = "annualised volatility"
    DRAWDOWN = "largest drawdown"
    CORRELATION = "correlation of closes"
    FALLS = "falls of a day"
    RISES = "rises of a day"
    WORTH = "what something is worth"  # no rule reads it: which value is meant is not said


_SPEECH: dict[Say, str] = {
    Say.NOISE: (
        "show|show me|give|give me|list|tell me|tell|display|please|pls|find|get|fetch|see|let|"
        "what|which|what is|what was|what are|what were|whats|is|are|was|were|be|been|am|do|did|does|"
        "have|has|had|hav|a|an|the|all|any|there|can you|could you|i want|i need|i would like|would like|"
        "want to see|want to know|can i see|may i see|us|me|we|our|their|it|its|in|at|to|for|from|on|"
        "get|got|being|into|as|also|just|then|hi|hello|hey|thanks|thank you|so|exactly how|"
        "break down|breakdown|break|down|look up|pull up|pull|bring up|out|that is|currently in|of all|"
        "platform|on the platform|in the database|in the system|data|record|row|entry|"
        "figure|number|level|made|make|placed|submitted|entered|executed|"
        "done|took place|happened|sent|issued|generated|created by|belonging to|hold|cover|"
        "we cover|covered|charged|paid|pay|altogether|overall|across all|across|in total|"
        "type|kind|table|overview|summary|summarise|please show|kindly|exist|available|"
        "they|single|both|anything|how did|how do|how does|how were|how is|how are|reported|this|these|those|each of|every one of"
    ),
    Say.WORTH: "value of|values of|worth|worth of",
    Say.WHO: "who|that|which have|who have|that have|who has|having",
    Say.WITH: "with|where|when|whose",
    Say.OF: "of",
    Say.BY: "by|grouped by|broken down by|split by|divided by|group by|split across|split over|for every|by each",
    Say.PER: "per|for each|each|in each|of each",
    Say.AND: "and|plus|as well as|,|&",
    Say.OR: "or|either",
    Say.OWN: "my|mine|i|of mine|my own|me personally|myself|i have|i did|do i have|i am",
    Say.COUNT: "how many|number of|count of|count|the number of|total number of|no of|quantity of|amount of",
    Say.HOW_MUCH: "how much",
    Say.SUM: "total|sum|sum of|total of|combined|aggregate|cumulative|summed|total amount of",
    Say.AVERAGE: "average|mean|avg|on average|typical|average of|mean of",
    Say.MEDIAN: "median",
    Say.PERCENTILE: "percentile|percentile of",
    Say.SHARE: (
        "share of|share|percentage of|percent of|what percent of|what percentage of|proportion of|"
        "fraction of|percentage|proportion|fraction|what share of"
    ),
    Say.DISTINCT: "different|distinct|unique",
    Say.TOP: "most|most money|the most money|top|highest|greatest|leading|maximum|max|the most|peak",
    Say.BOTTOM: "least|bottom|lowest|fewest|minimum|min|the least",
    Say.BIG: "largest|biggest|longest|most expensive|heaviest",
    Say.SMALL: "smallest|tiniest|shortest|cheapest|least expensive",
    Say.BEST: "best|best performing|top performing",
    Say.WORST: "worst|worst performing",
    Say.NEWEST: "latest|newest|most recent|last|most recently",
    Say.OLDEST: "oldest|earliest|first",
    Say.ABOVE: (
        "above|over|more than|greater than|larger than|higher than|bigger than|exceeding|exceeds|exceed|"
        "exceeded|in excess of|>|beyond|longer than|bigger|upwards of"
    ),
    Say.AT_LEAST: "at least|no less than|not less than|>=|≥|minimum of|no fewer than|not fewer than",
    Say.BELOW: "below|under|less than|fewer than|lower than|smaller than|<|shorter than|beneath",
    Say.AT_MOST: "at most|no more than|not more than|<=|≤|maximum of|up to|not exceeding|not above",
    Say.EQUALS: "=|equal to|equals|equal|exactly",
    Say.BETWEEN: "between|from",
    Say.OR_MORE: "or more|or above|or higher|or greater|and above|and more",
    Say.OR_LESS: "or less|or below|or lower|or fewer|and below",
    Say.NOT: "not|isn't|aren't|wasn't|weren't|haven't|hasn't|don't|didn't|doesn't|other than|except|non|excluding|not yet|yet to",
    Say.WITHOUT: "without|never|no|zero|without any|with no|have no|has no|with zero|lacking|nobody|no one|nobody has|no one has|no user has|nobody ever",
    Say.ONLY: "only",
    Say.CURRENT: "current|currently|now|right now|at the moment|still|presently|at present",
    Say.SORTED: "sorted by|ordered by|sort by|ranked by|sort|sort them by|sorted",
    Say.DESCENDING: "descending|desc|largest first|highest first|newest first|biggest first|most first",
    Say.ASCENDING: "ascending|asc|smallest first|lowest first|oldest first",
    Say.GAIN: "profitable|winning|winner|gaining|made money|earned|gained|positive|in profit|at a profit|with a profit|made a profit|in the green|in the black|gainer",
    Say.LOSS: "loss|losing|lost|loser|unprofitable|negative|at a loss|with a loss|made a loss|in the red|lost money|losing money|under water|underwater|a loss of",
    Say.DAY: "day|single day|one day|daily|by day|per day|day by day",
    Say.WEEK: "week|weekly|by week|per week|week by week",
    Say.MONTH: "month|monthly|by month|per month|month by month|by calendar month|each month",
    Say.QUARTER: "quarter|quarterly|by quarter|per quarter|each quarter",
    Say.YEAR: "year|yearly|annual|annually|by year|per year|each year|year by year",
    Say.NEW: "new|newly registered|newly opened|fresh",
    Say.ELAPSED: "time|time taken|time passed|delay|number of days|days",
    Say.VOLATILITY: "annualised volatility|volatility|realised volatility|annual volatility|historical volatility",
    Say.DRAWDOWN: "drawdown|max drawdown|maximum drawdown|largest drawdown|worst drawdown|biggest drawdown",
    Say.CORRELATION: "correlation|correlation of|correlated|correlation of closes|price correlation",
    Say.FALLS: "drop|fall|decline|daily drop|daily fall|daily decline|one day drop|single day drop|price drop|single day loss|daily loss",
    Say.RISES: "rise|jump|daily gain|daily rise|one day gain|single day gain|daily jump|price jump",
    Say.BACK: (
        "them|those|these|of them|of those|of these|which of them|which of those|the same|same|same for|"
        "the same for|what about|how about|instead|ones|same thing for|and those|and them|now for|and now"
    ),
    Say.INSIDE: "what is in|whats in|what is inside|contents of|content of|inside",
}

SPEECH: dict[tuple[str, ...], tuple[Say, ...]] = {}
for _say, _phrases in _SPEECH.items():
    for _phrase in _phrases.split("|"):
        _words = words_of(_phrase) or (_phrase,)
        if _say not in SPEECH.get(_words, ()):
            SPEECH[_words] = (*SPEECH.get(_words, ()), _say)
COMPARISONS = (
    *(Say.ABOVE, Say.AT_LEAST, Say.BELOW, Say.AT_MOST, Say.EQUALS),
    *(Say.OR_MORE, Say.OR_LESS),
)
BUCKETS = {
    Say.DAY: "day",
    Say.WEEK: "week",
    Say.MONTH: "month",
    Say.QUARTER: "quarter",
    Say.YEAR: "year",
}
