"""Search by parts of names, by codes and by pinyin initials, in one list and in all lists."""
