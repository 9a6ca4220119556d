#%Module1.0
# Stands in for a module that is still being built; understood by Environment Modules and by Lmod.
# Lies at ROOT/modules/pending/NAME/VERSION.
module-whatis "not ready: still being built, or failed to build"

if {[module-info mode load]} {
    set root $ModulesCurrentModulefile
    foreach level {version name pending modules} {
        set root [file dirname $root]
    }
    set state building
    catch {
        set channel [open $root/log/spack.state]
        set state [lindex [gets $channel] 0]
        close $channel
    }
    if {$state eq "failed"} {
        puts stderr "petal: [module-info name] could not be built, see $root/log/spack.log"
    } else {
        puts stderr "petal: [module-info name] is still being built, see $root/log/spack.log"
    }
    break
}
