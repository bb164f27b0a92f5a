# SPDX-License-Identifier: GPL-3.0-or-later
# Installing, after the GNU conventions: make install PREFIX=/usr DESTDIR=…, each directory by its name; make uninstall with the same
# values takes it all away. make dist packs the last commit, make deb builds a Debian package of it. Nothing here installs packages.

PREFIX ?= /usr/local
prefix = $(PREFIX)
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
libexecdir = $(exec_prefix)/libexec
datarootdir = $(prefix)/share
datadir = $(datarootdir)
mandir = $(datarootdir)/man
docdir = $(datarootdir)/doc/isocost
bashcompdir = $(datarootdir)/bash-completion/completions
zshcompdir = $(datarootdir)/zsh/site-functions
INSTALL = install
INSTALL_PROGRAM = $(INSTALL)
INSTALL_DATA = $(INSTALL) -m 644

# The program finds its files from where it is: the tree can be moved as a whole, and another PREFIX needs no other program.
LIBEXEC_FROM_BIN = $(shell realpath -m --relative-to=$(bindir) $(libexecdir)/isocost)
DATA_FROM_BIN = $(shell realpath -m --relative-to=$(bindir) $(datadir)/isocost)

$(BUILD)/gen/installdirs.h: FORCE
	@mkdir -p $(@D)
	@printf '#define LIBEXEC_FROM_BIN "%s"\n#define DATA_FROM_BIN "%s"\n' '$(LIBEXEC_FROM_BIN)' '$(DATA_FROM_BIN)' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
.PHONY: FORCE
FORCE:
$(BUILD)/obj/harness/paths.o: $(BUILD)/gen/installdirs.h

# What goes where: from the source tree, a glob a word, and the directory below DESTDIR.
INST_LIBEXEC := isoload isoapp isoinit
INST_SUITES = $(wildcard bench/*.suite)
INST_PLOTS = $(wildcard plots/*.gp)
INST_GUEST = guest/tiny.config
INST_SCRIPTS = scripts/guest-kernel scripts/app-root scripts/check-fragment scripts/bootstrap
INST_LISTS = scripts/packages scripts/packages-kernel
INST_MAN1 = man/isocost.1 man/isoload.1
INST_MAN5 = man/isocost-suite.5
INST_DOCS = $(wildcard docs/*.md docs/*.json)
INST_LABS = $(wildcard docs/labs/*.md)
INST_TOP = README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md

share = $(DESTDIR)$(datadir)/isocost
doc = $(DESTDIR)$(docdir)

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir)/isocost $(share)/bench $(share)/plots $(share)/guest $(share)/scripts \
		$(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5 $(doc)/docs/labs $(DESTDIR)$(bashcompdir) $(DESTDIR)$(zshcompdir)
	$(INSTALL_PROGRAM) $(BUILD)/isocost $(DESTDIR)$(bindir)/isocost
	$(INSTALL_PROGRAM) $(INST_LIBEXEC:%=$(BUILD)/%) $(DESTDIR)$(libexecdir)/isocost
	$(INSTALL_DATA) $(INST_SUITES) $(share)/bench
	$(INSTALL_DATA) $(INST_PLOTS) $(share)/plots
	$(INSTALL_DATA) $(INST_GUEST) $(share)/guest
	$(INSTALL_PROGRAM) $(INST_SCRIPTS) $(share)/scripts
	$(INSTALL_DATA) $(INST_LISTS) $(share)/scripts
	$(INSTALL_DATA) $(INST_MAN1) $(DESTDIR)$(mandir)/man1
	$(INSTALL_DATA) $(INST_MAN5) $(DESTDIR)$(mandir)/man5
	$(INSTALL_DATA) $(INST_TOP) $(doc)
	$(INSTALL_DATA) $(INST_DOCS) $(doc)/docs
	$(INSTALL_DATA) $(INST_LABS) $(doc)/docs/labs
	$(INSTALL_DATA) completion/isocost.bash $(DESTDIR)$(bashcompdir)/isocost
	$(INSTALL_DATA) completion/_isocost $(DESTDIR)$(zshcompdir)/_isocost

# Directories that others may use stay; those of isocost alone go when nothing of anybody else's lies in them.
uninstall:
	rm -f $(DESTDIR)$(bindir)/isocost $(INST_LIBEXEC:%=$(DESTDIR)$(libexecdir)/isocost/%) \
		$(addprefix $(share)/,$(INST_SUITES) $(INST_PLOTS) $(INST_GUEST) $(INST_SCRIPTS) $(INST_LISTS)) \
		$(INST_MAN1:man/%=$(DESTDIR)$(mandir)/man1/%) $(INST_MAN5:man/%=$(DESTDIR)$(mandir)/man5/%) \
		$(addprefix $(doc)/,$(INST_TOP) $(INST_DOCS) $(INST_LABS)) $(DESTDIR)$(bashcompdir)/isocost $(DESTDIR)$(zshcompdir)/_isocost
	for dir in $(DESTDIR)$(libexecdir)/isocost $(share)/bench $(share)/plots $(share)/guest $(share)/scripts $(share) $(doc)/docs/labs $(doc)/docs $(doc); do \
		if [ -d "$$dir" ]; then rmdir "$$dir"; fi; done

DIST = isocost-$(VERSION)

dist: $(BUILD)/$(DIST).tar.gz
# Of the last commit, whatever lies about in the tree.
$(BUILD)/$(DIST).tar.gz: FORCE
	@mkdir -p $(@D)
	git archive --format=tar --prefix=$(DIST)/ HEAD | gzip -9n >$@
	@echo $@

# In a directory of its own: dpkg-buildpackage writes beside the tree that it builds.
deb: dist
	rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb
	tar -xzf $(BUILD)/$(DIST).tar.gz -C $(BUILD)/deb
	cd $(BUILD)/deb/$(DIST) && dpkg-buildpackage -us -uc -b
	@ls $(BUILD)/deb/*.deb
