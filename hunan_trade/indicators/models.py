"""Tables of indicators: observations, decided sources and yearly rates."""

from hunan_trade.indicators.models_observation import Observation as Observation
from hunan_trade.indicators.models_observation import ObservationQuerySet as ObservationQuerySet
from hunan_trade.indicators.models_source_and_exchange_rate import SourceDecision as SourceDecision
from hunan_trade.indicators.models_source_and_exchange_rate import YearRate as YearRate
