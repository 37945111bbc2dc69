"""Search by parts of names, codes and pinyin initials, in one list and in all."""
