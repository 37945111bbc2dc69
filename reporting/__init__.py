"""Reports: the monthly bulletin, the quarterly dispatch, and what each issued one rests on."""
